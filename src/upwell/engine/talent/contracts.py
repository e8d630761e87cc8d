"""The frames talent reads."""

from typing import Final

from upwell.engine.frames import Column, Contract

LEVELS: Final = Contract(
    "levels",
    (
        Column("person", "key"),
        Column("capability", "key"),
        Column("level", "real", "levels"),
        Column("sd", "real", "levels", low=0.0),
    ),
    unique=("person", "capability"),
)
REQUIREMENTS: Final = Contract(
    "requirements",
    (
        Column("role", "key"),
        Column("capability", "key"),
        Column("required", "real", "levels"),
        Column("weight", "real", "relative weight", low=0.0, nullable=True, required=False),
        Column("must", "boolean", nullable=True, required=False),
    ),
    unique=("role", "capability"),
)
ITEMS: Final = Contract(
    "items",
    (
        Column("item", "key"),
        Column("capability", "key"),
        Column("effect", "real", "levels"),
        Column("cost", "real", "money", low=0.0),
        Column("hours", "real", "hours", low=0.0),
        Column("needs", "key", nullable=True, required=False),
    ),
    unique=("item", "capability"),
)
POSTS: Final = Contract(
    "posts",
    (
        Column("post", "key"),
        Column("role", "key"),
        Column("holder", "key", nullable=True, required=False),
        Column("critical", "boolean", nullable=True, required=False),
    ),
    unique=("post",),
)
