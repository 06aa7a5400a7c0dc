"""A model of sentences with random weights, written to disk as its users do; nothing is downloaded."""

from pathlib import Path

from tests.curation.llm.tiny import write_tiny


def write_sentences(folder: Path, seed: int = 0) -> Path:
    """Write a model of 16 dimensions: a tiny BERT over single bytes and a few words, mean pooling."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    raw = folder.with_name(f"{folder.name}-raw")
    tokenizer = AutoTokenizer.from_pretrained(write_tiny(folder.with_name(f"{folder.name}-words")))
    tokenizer.pad_token = tokenizer.eos_token
    torch.manual_seed(seed)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, **shape)).save_pretrained(
        raw
    )
    tokenizer.save_pretrained(raw)
    words = Transformer(str(raw), max_seq_length=64)
    SentenceTransformer(modules=[words, Pooling(16, "mean")], device="cpu").save(str(folder))
    return folder
