"""Numbers as people read them."""


def spoken(value: float) -> str:
    """Three significant digits, whole numbers with separators from a thousand on."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
