"""Which role each post of the demonstration organisation has, and who the cast are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from upwell.interfaces.console.demo.structure import PostSeed, Tree

SHARE = {
    "Software development": 0.26,
    "Data": 0.22,
    "Product and delivery": 0.16,
    "IT operations": 0.14,
    "User-centred design": 0.12,
    "Architecture": 0.06,
    "Quality assurance testing (QAT)": 0.04,
}
SENIOR_GROUP = "Chief digital and data"
MAIN_ROLE_SHARE = 0.65
SENIOR_RANK = 7


@dataclass(frozen=True, slots=True)
class RoleOnLadder:
    """A role of the framework: its key, its place on the ladder from 0 (first rung) to 1 (last)."""

    key: str
    family: str
    group: str
    height: float


def roles_of_posts(tree: Tree, roles: Sequence[RoleOnLadder], *, seed: int) -> dict[str, str]:
    """Give every post a role: a team works in one field, mostly in one profession, and grade sets the rung."""
    rng = np.random.default_rng(seed)
    families: dict[str, list[str]] = defaultdict(list)
    rungs: dict[str, list[RoleOnLadder]] = defaultdict(list)
    for role in roles:
        rungs[role.family].append(role)
        if role.family not in families[role.group]:
            families[role.group].append(role.family)
    groups = [group for group in SHARE if group in families]
    weights = np.array([SHARE[group] for group in groups])
    chosen: dict[str, str] = {}
    field: dict[str, tuple[str, str]] = {}
    for post in tree.posts:
        if post.unit not in field:
            group = groups[int(rng.choice(len(groups), p=weights / weights.sum()))]
            field[post.unit] = group, families[group][int(_zipf(rng, len(families[group])))]
        group, family = field[post.unit]
        if post.rank >= SENIOR_RANK + 1 and families[SENIOR_GROUP]:
            family = families[SENIOR_GROUP][int(_zipf(rng, len(families[SENIOR_GROUP])))]
        elif not post.leads and rng.random() > MAIN_ROLE_SHARE:
            family = families[group][int(_zipf(rng, len(families[group])))]
        chosen[post.key] = _rung(rungs[family], post, rng).key
    return chosen


def _zipf(rng: np.random.Generator, count: int) -> int:
    weights = np.arange(1, count + 1) ** -1.1
    return int(rng.choice(count, p=weights / weights.sum()))


def _rung(ladder: Sequence[RoleOnLadder], post: PostSeed, rng: np.random.Generator) -> RoleOnLadder:
    """The rung nearest to the grade of the post, give or take half a rung."""
    wanted = min(1.0, post.rank / 8 + (0.15 if post.leads else 0) + rng.normal(0, 0.08))
    return min(ladder, key=lambda role: abs(role.height - wanted))


@dataclass(frozen=True, slots=True)
class Part:
    """One of the cast: the post they hold and the address they sign in with."""

    given: str
    family: str
    post: str
    says: str

    @property
    def email(self) -> str:
        """The sign-in address."""
        return f"{self.given.lower()}@upwell.example"


def cast_parts(tree: Tree, roles: Mapping[str, str]) -> dict[str, Part]:
    """Pick posts for the cast: a team of developers with its lead and the lead's manager, and the others."""
    by_key = {post.key: post for post in tree.posts}
    boris = max(
        (post for post in tree.posts if post.leads and post.manager and post.rank < SENIOR_RANK),
        key=lambda post: _fit(tree, post, roles),
    )
    chen = by_key[boris.manager]
    ada = next(post for post in tree.reports_of(boris.key) if "software-developer" in roles[post.key])
    taken = {boris.key, chen.key, ada.key}
    unit_of_chen = chen.unit
    others = [post for post in tree.posts if not post.unit.startswith(unit_of_chen) and post.key not in taken]
    farid, dora, emil, gita, ivo = _spread([post for post in others if not post.leads], 5)
    return {
        "ada": Part("Ada", "Okonkwo", ada.key, "employee: today, capabilities, plan, feedback"),
        "boris": Part("Boris", "Lindqvist", boris.key, "her manager: team, 1:1, review, diagnosis, plans"),
        "chen": Part("Chen", "Wei", chen.key, "his manager: several teams"),
        "dora": Part("Dora", "Haddad", dora.key, "HR partner of their unit: cycles, people"),
        "emil": Part("Emil", "Brandt", emil.key, "L&D lead: catalogue, programmes, effects"),
        "farid": Part("Farid", "Rahman", farid.key, "employee of another unit"),
        "gita": Part("Gita", "Iyer", gita.key, "auditor: trail, runs, levels"),
        "hana": Part("Hana", "Mensah", tree.posts[0].key, "executive: strategy chain, effects"),
        "ivo": Part("Ivo", "Kowalski", ivo.key, "administrator: imports, people, access"),
    }


def _fit(tree: Tree, post: PostSeed, roles: Mapping[str, str]) -> tuple[int, int]:
    reports = tree.reports_of(post.key)
    developers = sum("software-developer" in roles[report.key] for report in reports)
    return min(developers, 6), -abs(len(reports) - 8)


def _spread(posts: Sequence[PostSeed], count: int) -> list[PostSeed]:
    return [posts[len(posts) * (2 * number + 1) // (2 * count)] for number in range(count)]
