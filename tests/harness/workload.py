"""The messages that the large runs send: a third long, some Unicode, each with a text and a recipient of its own."""

import random

from .numbers import number

WORDS = "the gateway sends many messages over one bank of modems and each must arrive once and whole".split()
UNICODE_WORDS = "tin nhắn này có dấu tiếng Việt và phải đến đúng một lần trọn vẹn \U0001f600".split()


def messages(count, seed=1, long_share=3):
    """`count` bodies for the API; every `long_share`th has 2 to 5 parts, and every seventh is Unicode."""
    dice = random.Random(seed)
    made = []
    for i in range(count):
        unicode = i % 7 == 3
        words = UNICODE_WORDS if unicode else WORDS
        one_part, more = (70, 67) if unicode else (160, 153)
        parts = dice.randint(2, 5) if i % long_share == 0 else 1
        # Between just more than the parts before take, and what these take.
        least = (parts - 1) * more + 20 if parts > 1 else 20
        length = dice.randint(least, parts * more - 20 if parts > 1 else one_part - 20)
        text = f"#{i}"
        while len(text) < length:
            text += " " + dice.choice(words)
        made.append({"to": number(i), "text": text})
    return made
