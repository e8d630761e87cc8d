"""Moves what snapshots knew of raters out of one big document into rows."""

from django.db import migrations

MOVE = """
insert into gaps_raterlink (snapshot_id, person_id, rater, "group", shift, precision)
select s.id, p.id, (row->>0)::bigint, row->>1, (row->>2)::double precision, (row->>3)::double precision
from gaps_snapshot s, jsonb_each(s.state->'links') as of_person (person, rows), jsonb_array_elements(rows) as row,
     people_person p
where p.id = of_person.person::bigint;
insert into gaps_raterbelief (snapshot_id, rater, "group", shift, precision)
select s.id, of_rater.rater::bigint, row->>0, (row->>1)::double precision, (row->>2)::double precision
from gaps_snapshot s, jsonb_each(s.state->'raters') as of_rater (rater, rows), jsonb_array_elements(rows) as row;
update gaps_snapshot set state = state - 'links' - 'raters' where state ?| array['links', 'raters'];
"""
BACK = """
update gaps_snapshot s set state = state || jsonb_build_object(
    'links', coalesce((select jsonb_object_agg(person_id::text, told) from (
        select person_id, jsonb_agg(jsonb_build_array(rater, "group", shift, precision)) as told
        from gaps_raterlink where snapshot_id = s.id group by person_id) links), '{}'),
    'raters', coalesce((select jsonb_object_agg(rater::text, known) from (
        select rater, jsonb_agg(jsonb_build_array("group", shift, precision)) as known
        from gaps_raterbelief where snapshot_id = s.id group by rater) beliefs), '{}'))
where kind = 'full';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('gaps', '0002_rater_state_in_rows'),
    ]

    operations = [
        migrations.RunSQL(MOVE, BACK),
    ]
