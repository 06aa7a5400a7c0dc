"""What a row refers to counts, under whatever key: files, and the part of them that is meant."""

import json
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.export import export
from entropy_assets.records import content_id
from tests.curation.test_ingest_parts import one, read, refused

ASKED = {"question": "Which tool lies on the bench?", "answer": "A rasp."}
SAID = {"text": "the kettle is on"}

REFERRING: list[tuple[dict[str, Any], str, Any]] = [
    (ASKED | {"image_id": "set_7"}, "image_id", "set_8"),
    (ASKED | {"photo_id": 7}, "photo_id", 8),
    (ASKED | {"filename": "p/7.png"}, "filename", "p/8.png"),
    (ASKED | {"file_name": "7.JPG"}, "file_name", "8.JPG"),
    (ASKED | {"img_path": "7"}, "img_path", "8"),
    (ASKED | {"pageImage": "p7.webp"}, "pageImage", "p8.webp"),
    (ASKED | {"frames": ["f1.jpg", "f2.jpg"]}, "frames", ["f1.jpg", "f3.jpg"]),
    (ASKED | {"screenshots": ["s_1"]}, "screenshots", ["s_2"]),
    (ASKED | {"pdf": "a.pdf"}, "pdf", "b.pdf"),
    (ASKED | {"pdf": "a.pdf", "page": 3}, "page", 4),
    (ASKED | {"image": "a.png", "bbox": [1, 2, 3, 4]}, "bbox", [1, 2, 3, 5]),
    (ASKED | {"bboxes": [[1, 2, 3, 4]]}, "bboxes", [[1, 2, 3, 5]]),
    (ASKED | {"image_path": "a.png", "crop": [0, 0, 5, 5]}, "crop", [0, 0, 5, 6]),
    (ASKED | {"image": "a.png", "region": {"x": 1, "y": 2}}, "region", {"x": 1, "y": 3}),
    (ASKED | {"image": "a.png", "objects": {"bbox": [[1, 2]], "kind": ["rasp"]}}, "objects", {"bbox": [[1]]}),
    (ASKED | {"video": "v.mp4", "video_start": 3, "video_end": 9}, "video_end", 8),
    (ASKED | {"clip": "v.mp4", "span": [0.5, 2.5]}, "span", [0.5, 2.0]),
    (ASKED | {"video_id": "x_1", "start_time": "00:01:20"}, "start_time", "00:01:21"),
    (ASKED | {"scene": "x/7.tiff"}, "scene", "x/8.tiff"),
    (ASKED | {"cover": {"bytes": None, "path": "7.png"}}, "cover", {"bytes": None, "path": "8.png"}),
    (SAID | {"audio_filepath": "7.wav", "duration": 1.5}, "audio_filepath", "8.wav"),
    (SAID | {"audio_filepath": "7.wav", "offset": 1.5}, "offset", 2.5),
    (SAID | {"utterance_id": "u_1"}, "utterance_id", "u_2"),
    (SAID | {"image": "7.png"}, "image", "8.png"),
    (SAID | {"file_name": "7.png"}, "file_name", "8.png"),
    (ASKED | {"video": "v.mp4", "frame_index": 3}, "frame_index", 4),
    (SAID | {"path": "common/7.mp3", "locale": "en"}, "path", "common/8.mp3"),
]


@pytest.mark.parametrize(("row", "key", "other"), REFERRING, ids=lambda value: str(value)[:60])
def test_rows_that_refer_to_something_else_are_two(
    tmp_path: Path, row: dict[str, Any], key: str, other: Any
) -> None:
    first, second = one(tmp_path, row), one(tmp_path, row | {key: other})
    assert content_id(first) != content_id(second)
    assert key in json.loads(first["attachments"])
    assert key not in json.loads(first["metadata"] or "{}")
    turned = dict(reversed(row.items()))
    assert content_id(one(tmp_path, turned)) == content_id(first)


@pytest.mark.parametrize(("row", "key", "other"), REFERRING[:3] + REFERRING[11:17])
def test_what_turns_refer_to_counts(tmp_path: Path, row: dict[str, Any], key: str, other: Any) -> None:
    beside = {name: value for name, value in row.items() if name not in ASKED and name not in SAID}
    asked, said = {"role": "user", "content": "Which?"}, {"role": "assistant", "content": "A rasp."}
    first = one(tmp_path, {"messages": [asked | beside, said]})
    second = one(tmp_path, {"messages": [asked | beside | {key: other}, said]})
    assert content_id(first) != content_id(second)


@pytest.mark.parametrize(
    "beside",
    [
        {"region": "Europe", "page": 3, "duration": 4.5, "start": 3},
        {"image": "a.png", "region": "Europe", "timestamp": "2024-01-05", "start": 1_700_000_000},
        {"image": "a.png", "image_width": 30, "n_images": 1, "has_audio": False, "image_format": "png"},
        {"path": "src/a.py", "filename": "b.txt"},
        {"voice": "alloy", "video_title": "Rasps"},
    ],
)
def test_what_is_about_the_record_stays_metadata(tmp_path: Path, beside: dict[str, Any]) -> None:
    record = one(tmp_path, ASKED | beside)
    assert json.loads(record["metadata"]) == {key: beside[key] for key in beside if key != "image"}


FURNITURE: list[tuple[str, Any, Any]] = [
    ("thumbnail", "https://a.example/7.jpg", "https://a.example/8.jpg"),
    ("author_avatar_url", "u7.png", "u8.png"),
    ("siteLogo", "7.svg.png", "8.svg.png"),
    ("og_image", "https://a.example/7.png", "https://a.example/8.png"),
    ("twitter_icon_url", "https://a.example/7", "https://a.example/8"),
    ("cover", "7.webp", "8.webp"),
    ("image_sha256", "ab" * 32, "cd" * 32),
    ("image_hash", "ab12", "cd12"),
    ("image_index", 3, 4),
    ("photo_md5", "ab12", "cd12"),
    ("banner_images", ["7.png"], ["8.png"]),
]
ALOOF: list[tuple[str, Any, Any]] = [
    ("screenshot_url", "https://a.example/s/7", "https://a.example/s/8"),
    ("pdf_url", "https://a.example/7.pdf", "https://a.example/8.pdf"),
    ("photo_id", 7, 8),
    ("video_id", "x_1", "x_2"),
]
CHAT = {
    "messages": [{"role": "user", "content": "How deep?"}, {"role": "assistant", "content": "Two metres."}]
}
SEEN = {
    "messages": [
        {"role": "user", "content": "<image>\nHow deep?"},
        {"role": "assistant", "content": "Two metres."},
    ]
}


@pytest.mark.parametrize("row", [SAID, CHAT, ASKED], ids=["text", "chat", "asked"])
@pytest.mark.parametrize(("key", "value", "other"), FURNITURE)
def test_pictures_around_a_text_and_sums_of_files_are_metadata(
    tmp_path: Path, row: dict[str, Any], key: str, value: Any, other: Any
) -> None:
    records = read(tmp_path, row | {key: value}, row | {key: other}).records
    assert records["id"].n_unique() == 1
    assert [json.loads(said)[key] for said in records["metadata"]] == [value, other]
    form = "text" if row is SAID else "messages"
    assert read(tmp_path, *export(records, form).rows).records["id"].to_list() == records["id"].to_list()


@pytest.mark.parametrize("row", [SAID, CHAT], ids=["text", "chat"])
@pytest.mark.parametrize(("key", "value", "other"), ALOOF)
def test_identifiers_and_addresses_count_where_something_speaks_of_files(
    tmp_path: Path, row: dict[str, Any], key: str, value: Any, other: Any
) -> None:
    records = read(tmp_path, row | {key: value}, row | {key: other}).records
    assert records["id"].n_unique() == 1
    assert export(records, "text" if row is SAID else "messages").rows
    for about in (ASKED, SEEN):
        assert content_id(one(tmp_path, about | {key: value})) != content_id(
            one(tmp_path, about | {key: other})
        )


@pytest.mark.parametrize("key", ["hero", "screenshot", "scene"])
def test_beside_a_text_only_what_it_may_say_counts(tmp_path: Path, key: str) -> None:
    assert one(tmp_path, SAID | {key: "7.png"})["attachments"] is None
    assert one(tmp_path, ASKED | {key: "7.png"})["attachments"] is not None


def test_the_document_of_a_text_is_where_it_is_from(tmp_path: Path) -> None:
    record = one(tmp_path, SAID | {"filename": "a.pdf", "page": 3})
    assert (record["attachments"], json.loads(record["metadata"])) == (None, {"filename": "a.pdf", "page": 3})


def test_a_file_by_value_under_any_key_is_refused(tmp_path: Path) -> None:
    for key in ("cover", "picture", "speech"):
        row = ASKED | {key: {"bytes": "iVBORw0KGgo=", "path": "7.png"}}
        assert refused(tmp_path, row)[0] == "attachment_by_value"


@pytest.mark.parametrize(("row", "key", "other"), REFERRING, ids=lambda value: str(value)[:60])
def test_references_are_exported_and_read_again(
    tmp_path: Path, row: dict[str, Any], key: str, other: Any
) -> None:
    records = read(tmp_path, row, row | {key: other}).records
    written = export(records, "text" if "text" in row else "messages").rows
    assert [
        key in {**(said := json.loads(row)), **json.loads(said.get("attachments", "{}"))} for row in written
    ] == [True, True]
    assert read(tmp_path, *written).records["id"].to_list() == records["id"].to_list()
