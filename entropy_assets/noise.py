def is_noise(text: str) -> bool:
    return False
