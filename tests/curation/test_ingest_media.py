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
    assert [key in json.loads(row) for row in written] == [True, True]
    assert read(tmp_path, *written).records["id"].to_list() == records["id"].to_list()
