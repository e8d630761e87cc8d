"""Frameworks published as JSON: UK Civil Service competencies, CASE packages, DigComp 3.0."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from upwell.domain.intake.readers.findings import Ledger, Severity, UnreadableError
from upwell.domain.intake.readers.json_source import dict_of, document, list_of, text_of
from upwell.domain.intake.readers.keys import slug
from upwell.domain.intake.readers.options import Options
from upwell.domain.intake.readers.records import (
    CapabilityRecord,
    FrameworkRecord,
    IndicatorRecord,
    Records,
    ScaleRecord,
)
from upwell.domain.intake.readers.source import SourceFile

CIVIL_SERVICE_LEVELS = 6


def is_civil_service(content: Any) -> bool:
    """Whether a document has the shape of the Civil Service framework."""
    return isinstance(dict_of(content).get("competencies"), dict)


def read_civil_service(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """Competencies with six levels; each effective and ineffective behaviour becomes an indicator."""
    scale = ScaleRecord.even("cs2012", "Civil Service levels 1 to 6", [f"Level {n}" for n in range(1, 7)])
    capabilities: list[CapabilityRecord] = []
    framework = FrameworkRecord("cs2012", "Civil Service Competency Framework", "UK Civil Service", "OGL v3.0")
    for file in files:
        content = dict_of(document(file, ledger))
        framework = replace(
            framework,
            name=text_of(content.get("title"), limit=300) or framework.name,
            source_url=text_of(content.get("borrowedFrom"), limit=500),
            edition="2012",
        )
        for cluster_key, cluster in dict_of(content.get("competencies")).items():
            entries = [dict_of(one) for one in list_of(cluster)]
            group = next((text_of(one["title"]) for one in entries if isinstance(one.get("title"), str)), cluster_key)
            for entry in entries:
                for key, bodies in entry.items():
                    if isinstance(bodies, list):
                        capabilities.append(_competency(file.name, key, group, bodies, ledger))
    ledger.facts.setdefault("behaviour_pairs", 0)
    ledger.facts["competencies"] = len(capabilities)
    return Records(frameworks=(framework,), scales=(scale,), capabilities=tuple(capabilities))


def _competency(file: str, key: str, group: str, bodies: list[Any], ledger: Ledger) -> CapabilityRecord:
    indicators: list[IndicatorRecord] = []
    body = {name: value for one in bodies for name, value in dict_of(one).items()}
    for level in range(1, CIVIL_SERVICE_LEVELS + 1):
        for number, pair in enumerate(list_of(body.get(f"level{level}")), start=1):
            ledger.took(file)
            good, bad = (text_of(dict_of(pair).get(side)) for side in ("effective", "ineffective"))
            if not good and not bad:
                ledger.note(Severity.ERROR, "empty_pair", file, number, f"{key}, level {level}: no behaviour is given.")
                ledger.rejected(file)
                continue
            if not good or not bad:
                ledger.note(Severity.WARNING, "half_pair", file, number, f"{key}, level {level}: one side is missing.")
            indicators += [IndicatorRecord(level, text, side) for text, side in ((good, True), (bad, False)) if text]
            ledger.made(file)
            ledger.facts["behaviour_pairs"] = ledger.facts.get("behaviour_pairs", 0) + 1
    unknown = [name for name in body if re.fullmatch(r"level\d+", name) and int(name[5:]) not in range(1, 7)]
    for name in unknown:
        ledger.note(
            Severity.WARNING, "unknown_level", file, 0, f"{key}: '{name}' is not one of six levels.", value=name
        )
    return CapabilityRecord(
        key=f"cs2012/{slug(key)}",
        name=text_of(body.get("title"), limit=300) or key.replace("-", " ").capitalize(),
        framework_key="cs2012",
        scale_key="cs2012",
        facet="behaviour",
        kind="core",
        group=group[:200],
        description=text_of(body.get("description")),
        indicators=tuple(indicators),
    )


def is_case(content: Any) -> bool:
    """Whether a document is a CASE package."""
    return {"CFDocument", "CFItems"} <= dict_of(content).keys()


def read_case(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """CASE 1.0: items become capabilities, `isChildOf` their tree. Other associations are reported."""
    frameworks: list[FrameworkRecord] = []
    capabilities: dict[str, CapabilityRecord] = {}
    for file in files:
        content = dict_of(document(file, ledger))
        head = dict_of(content.get("CFDocument"))
        identifier = text_of(head.get("identifier"), limit=60)
        if not identifier:
            raise UnreadableError("no_identifier", "The package's CFDocument has no identifier.")
        frameworks.append(
            FrameworkRecord(
                f"case/{identifier}",
                text_of(head.get("title"), limit=300) or identifier,
                text_of(head.get("creator"), limit=300),
                text_of(dict_of(head.get("licenseURI")).get("title"), limit=300),
                text_of(head.get("uri"), limit=500),
                text_of(head.get("version"), limit=100) or text_of(head.get("lastChangeDateTime"), limit=10),
            )
        )
        for number, item in enumerate(list_of(content.get("CFItems")), start=1):
            _case_item(file.name, number, dict_of(item), identifier, capabilities, ledger)
        for number, link in enumerate(list_of(content.get("CFAssociations")), start=1):
            _case_link(file.name, number, dict_of(link), identifier, capabilities, ledger)
    ledger.facts["items"] = len(capabilities)
    return Records(frameworks=tuple(frameworks), capabilities=tuple(capabilities.values()))


def _case_item(
    file: str, number: int, item: dict[str, Any], framework: str, found: dict[str, CapabilityRecord], ledger: Ledger
) -> None:
    ledger.took(file)
    identifier = text_of(item.get("identifier"), limit=60)
    statement = text_of(item.get("fullStatement"))
    if not identifier or not statement:
        ledger.note(Severity.ERROR, "incomplete_item", file, number, "The item has no identifier or no statement.")
        ledger.rejected(file)
    elif identifier in found:
        ledger.note(Severity.WARNING, "duplicate_item", file, number, "The item is listed before.", value=identifier)
        ledger.merged(file)
    else:
        code = text_of(item.get("humanCodingScheme"), limit=80)
        short = text_of(item.get("abbreviatedStatement"), limit=300) or statement.replace("\n", " ")
        name = f"{code}: {short}" if code else short
        found[identifier] = CapabilityRecord(
            key=f"case/{identifier}",
            name=name if len(name) <= 300 else f"{name[:299]}…",
            framework_key=f"case/{framework}",
            scale_key="",
            facet="knowledge",
            group=text_of(item.get("CFItemType"), limit=200),
            description="\n\n".join(part for part in (statement, text_of(item.get("notes"))) if part),
        )
        ledger.made(file)


def _case_link(
    file: str, number: int, link: dict[str, Any], framework: str, found: dict[str, CapabilityRecord], ledger: Ledger
) -> None:
    name = f"{file}#CFAssociations"
    ledger.took(name)
    kind = text_of(link.get("associationType"), limit=60)
    origin = text_of(dict_of(link.get("originNodeURI")).get("identifier"))
    target = text_of(dict_of(link.get("destinationNodeURI")).get("identifier"))
    if kind != "isChildOf":
        ledger.note_each(
            Severity.INFO,
            f"association_{slug(kind)}",
            name,
            number,
            f"Associations of the type {kind} are not imported.",
            column="associationType",
            value=kind,
        )
        ledger.rejected(name)
    elif origin not in found or (target not in found and target != framework) or origin == target:
        ledger.note(
            Severity.WARNING, "unknown_node", name, number, "The association names an unknown item.", value=target
        )
        ledger.rejected(name)
    elif target == framework:
        ledger.made(name)
    elif found[origin].parent_key:
        ledger.note(Severity.WARNING, "second_parent", name, number, "The item has a parent; it is kept.", value=target)
        ledger.rejected(name)
    else:
        found[origin] = replace(found[origin], parent_key=f"case/{target}")
        ledger.made(name)


def is_digcomp(content: Any) -> bool:
    """Whether a document is DigComp's linked-data supplement."""
    graph = list_of(dict_of(content).get("@graph"))
    return any(dict_of(node).get("@type") == "ProficiencyLevel" for node in graph)


def read_digcomp(files: Sequence[SourceFile], ledger: Ledger, options: Options) -> Records:
    """DigComp 3.0: competences with statements and learning outcomes as indicators of eight levels.

    A statement speaks for one of four named bands; it is placed at the band's lower level.
    """
    framework = FrameworkRecord(
        "digcomp3", "DigComp 3.0", "European Commission, Joint Research Centre", "CC BY 4.0", edition="3.0"
    )
    nodes: defaultdict[str, dict[str, tuple[int, dict[str, Any]]]] = defaultdict(dict)
    file = files[0]
    for number, entry in enumerate(list_of(dict_of(document(file, ledger)).get("@graph")), start=1):
        node = dict_of(entry)
        ledger.took(file.name)
        kind, identifier = text_of(node.get("@type")), text_of(node.get("@id"), limit=150)
        if kind == "Glossary":
            ledger.note_each(
                Severity.INFO, "glossary", file.name, number, "Glossary entries are not imported.", value=identifier
            )
            ledger.rejected(file.name)
        elif identifier in nodes[kind]:
            ledger.note(
                Severity.WARNING, "duplicate_node", file.name, number, "The node is listed before.", value=identifier
            )
            ledger.merged(file.name)
        else:
            nodes[kind][identifier] = (number, node)
    return _digcomp(file.name, nodes, framework, ledger)


def _digcomp(
    file: str,
    nodes: dict[str, dict[str, tuple[int, dict[str, Any]]]],
    framework: FrameworkRecord,
    ledger: Ledger,
) -> Records:
    known = [node for _, node in nodes["ProficiencyLevel"].values()]
    levels = sorted(
        (node for node in known if isinstance(node.get("eight_levels_mapping"), int)),
        key=lambda node: int(node["eight_levels_mapping"]),
    )
    names = [text_of(one.get("@id")).removeprefix("ProficiencyLevel/").replace("_", " ") for one in levels]
    bands: dict[str, int] = {}
    for ordinal, level in enumerate(levels, start=1):
        bands.setdefault(f"ProficiencyLevel/{text_of(level.get('four_levels_name'))}", ordinal)
    indicators: defaultdict[str, list[IndicatorRecord]] = defaultdict(list)
    for kind in ("CompetenceStatement", "LearningOutcome"):
        for identifier, (number, node) in nodes[kind].items():
            competence = text_of(node.get("competence_id"))
            band = bands.get(text_of(node.get("four_levels_proficiency_name")))
            if competence in nodes["Competence"] and band:
                indicators[competence].append(IndicatorRecord(band, text_of(node.get("description"))))
                ledger.made(file)
            else:
                ledger.note(
                    Severity.ERROR,
                    "unknown_node",
                    file,
                    number,
                    "It names an unknown competence or level.",
                    value=identifier,
                )
                ledger.rejected(file)
    capabilities = [
        CapabilityRecord(
            key=f"digcomp3/{identifier.removeprefix('Competence/')}",
            name=text_of(node.get("name"), limit=300),
            framework_key="digcomp3",
            scale_key="digcomp3",
            kind="core",
            group=text_of(
                nodes["CompetenceArea"].get(text_of(node.get("competence_area_id")), (0, {}))[1].get("name"), limit=200
            ),
            description=text_of(node.get("description")),
            indicators=tuple(indicators[identifier]),
        )
        for identifier, (_, node) in nodes["Competence"].items()
    ]
    for kind in ("Competence", "CompetenceArea", "ProficiencyLevel"):
        for _ in nodes[kind]:
            ledger.made(file)
    for kind in nodes.keys() - {
        "Competence",
        "CompetenceArea",
        "ProficiencyLevel",
        "CompetenceStatement",
        "LearningOutcome",
    }:
        for identifier, (number, _) in nodes[kind].items():
            ledger.note(
                Severity.WARNING,
                "unknown_type",
                file,
                number,
                f"Nodes of the type '{kind}' are unknown.",
                value=identifier,
            )
            ledger.rejected(file)
    ledger.facts.update(
        areas=len(nodes["CompetenceArea"]),
        competences=len(capabilities),
        levels=len(levels),
        statements=len(nodes["CompetenceStatement"]),
        learning_outcomes=len(nodes["LearningOutcome"]),
    )
    scale = ScaleRecord.even("digcomp3", "DigComp levels 1 to 8", names)
    return Records(frameworks=(framework,), scales=(scale,), capabilities=tuple(capabilities))
