package snapshot

import (
	"encoding/json"
	"fmt"
)

// Schema is one statement, read-only, that answers a JSON object of all that is
// compared of a PostgreSQL database: a key and a value a fact. It runs on a
// standby as well. The database's own tables are left out; those of schema
// public go without its name. The schema's version is what the tables of the
// usual migration tools tell.
const Schema = `
with names as (
  select c.oid, c.relkind, case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
), facts(key, value) as (
  select 'schema.table.' || name, case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end
  from names where relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select 'schema.column.' || t.name || '.' || a.attname,
    format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end ||
    coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
  from names t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where t.relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select 'schema.index.' || t.name || '.' || i.relname, pg_get_indexdef(x.indexrelid)
  from names t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
  where t.relkind in ('r', 'p', 'm')
  union all
  select 'schema.sequence.' || t.name, format_type(s.seqtypid, null) || ' by ' || s.seqincrement || case when s.seqcycle then ' cycle' else '' end
  from names t join pg_sequence s on s.seqrelid = t.oid
  union all
  select 'schema.extension.' || extname, extversion from pg_extension
  union all
  select 'schema.server.version', current_setting('server_version')
  union all
  select 'schema.version', substring(query_to_xml(format('select %s(%I) as v from %I', m.what, m.attribute, m.place), true, false, '')::text from '<v>([^<]*)</v>')
  from (values ('schema_version', 'max', 'version'), ('schema_migrations', 'max', 'version'), ('alembic_version', 'max', 'version_num'),
               ('flyway_schema_history', 'max', 'version'), ('databasechangelog', 'count', 'id'), ('django_migrations', 'count', 'id'),
               ('__EFMigrationsHistory', 'max', 'MigrationId')) as m(place, what, attribute)
  where exists (select from pg_attribute a where a.attrelid = to_regclass(quote_ident(m.place)) and a.attname = m.attribute)
  union all
  select 'replication.role', case when pg_is_in_recovery() then 'standby' else 'primary' end
  union all
  select 'replication.standby.' || application_name, state || ' ' || sync_state from pg_stat_replication
  union all
  select 'replication.receiver', status from pg_stat_wal_receiver
  union all
  select 'replication.synchronous_standby_names', current_setting('synchronous_standby_names')
)
select coalesce(json_object_agg(key, value), '{}')::text from facts where value <> ''`

// ReadSchema reads the answer to Schema.
func ReadSchema(answer string) (Facts, error) {
	f := Facts{}
	if err := json.Unmarshal([]byte(answer), &f); err != nil {
		return nil, fmt.Errorf("snapshot: the database's answer: %w", err)
	}
	return f, nil
}
