"""Today's seats and closures, computed in the database from the dated tables.

A person's manager is whoever occupies the nearest occupied position above; of several in a shared position, the one
there longest. Positions or units that lie on a circle of lines get nobody above them and are named, so that one wrong
row in a source neither loops nor opens data to the wrong people.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

VALID = "valid_from <= %(on)s and (valid_to is null or valid_to > %(on)s)"

CIRCLES = """
with recursive link as (select {low} as low, {high} as high from {table} where {high} is not null and {valid}),
walk(start, low, high, path) as (
    select low, low, high, array[low, high] from link
    union all
    select walk.start, link.low, link.high, walk.path || link.high
      from walk join link on link.low = walk.high
     where walk.high <> walk.start and not (link.high = any(walk.path) and link.high <> walk.start)
)
select start from walk where high = start
"""

SEATS = f"""
with recursive line as (
    select position_id, manager_id from people_reportingline
     where {VALID} and not position_id = any(%(circular)s)
),
held as (
    select person_id, position_id, valid_from from people_occupancy where {VALID}
),
climb(position_id, above_id) as (
    select position_id, manager_id from line where position_id in (select position_id from held)
    union all
    select climb.position_id, line.manager_id
      from climb join line on line.position_id = climb.above_id
     where climb.above_id not in (select position_id from held)
),
head as (
    select distinct on (position_id) position_id, person_id from held order by position_id, valid_from, person_id
),
boss as (
    select climb.position_id, head.person_id from climb join head on head.position_id = climb.above_id
)
insert into people_seat (person_id, position_id, unit_id, manager_id, since)
select held.person_id, held.position_id, place.unit_id, boss.person_id, held.valid_from
  from held
  join (select position_id, unit_id from people_positionplacement where {VALID}) place using (position_id)
  left join boss using (position_id)
"""  # noqa: S608 - put together from constants

CHAIN = """
with recursive up(person_id, manager_id, depth) as (
    select person_id, person_id, 0 from people_seat
    union all
    select up.person_id, seat.manager_id, up.depth + 1
      from up join people_seat seat on seat.person_id = up.manager_id
     where seat.manager_id is not null
)
insert into people_chain (person_id, manager_id, depth) select person_id, manager_id, depth from up
"""

UNIT_CHAIN = f"""
with recursive placed as (
    select unit_id, case when unit_id = any(%(circular)s) then null else parent_id end as parent_id
      from people_unitplacement where {VALID}
),
up(unit_id, ancestor_id, depth) as (
    select id, id, 0 from people_unit
    union all
    select up.unit_id, placed.parent_id, up.depth + 1
      from up join placed on placed.unit_id = up.ancestor_id
     where placed.parent_id is not null
)
insert into people_unitchain (unit_id, ancestor_id, depth) select unit_id, ancestor_id, depth from up
"""  # noqa: S608 - put together from constants

NAMES = """
select 'position ' || title || ' (' || key || ')' from people_position where id = any(%(positions)s)
union all
select 'unit ' || name || ' (' || key || ')' from people_unit where id = any(%(units)s)
order by 1
"""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many rows the closures have now, and by name the positions and units that lie on a circle."""

    seats: int
    chains: int
    unit_chains: int
    circles: tuple[str, ...]


def rebuild(*, on: dt.date) -> Rebuilt:
    """Replace `Seat`, `Chain` and `UnitChain` by those of a day. Call inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("lock table people_seat, people_chain, people_unitchain in share row exclusive mode")
        cursor.execute("delete from people_seat; delete from people_chain; delete from people_unitchain")
        cursor.execute(_circles("people_reportingline", "position_id", "manager_id"), {"on": on})
        positions = [row[0] for row in cursor.fetchall()]
        cursor.execute(_circles("people_unitplacement", "unit_id", "parent_id"), {"on": on})
        units = [row[0] for row in cursor.fetchall()]
        cursor.execute(SEATS, {"on": on, "circular": positions})
        seats = cursor.rowcount
        cursor.execute(CHAIN)
        chained = cursor.rowcount
        cursor.execute(UNIT_CHAIN, {"on": on, "circular": units})
        unit_chained = cursor.rowcount
        names: list[tuple[str]] = []
        if positions or units:
            cursor.execute(NAMES, {"positions": positions, "units": units})
            names = cursor.fetchall()
    return Rebuilt(seats, chained, unit_chained, tuple(name for (name,) in names))


def _circles(table: str, low: str, high: str) -> str:
    return CIRCLES.format(table=table, low=low, high=high, valid=VALID)
