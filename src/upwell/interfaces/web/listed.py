"""Texts that frameworks write as lists, as the points they make."""


def points_of(text: str) -> list[str]:
    """The points of a text written as a list, without its marks and without a lead-in such as "You can:"."""
    lines = [line.strip().lstrip("-*•").strip() for line in text.splitlines()]
    points = [line for line in lines if line and not line.endswith(":")]
    return points or [line for line in lines if line]
