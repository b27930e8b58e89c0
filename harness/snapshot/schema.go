package snapshot

import (
	"encoding/json"
	"fmt"
	"strings"
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
    format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
  from names t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  where t.relkind in ('r', 'p', 'v', 'm', 'f')
  union all
  select '` + defaults + `' || t.name || '.' || a.attname, pg_get_expr(d.adbin, d.adrelid)
  from names t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
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
  select 'schema.version', substring(query_to_xml(format(m.statement, m.place, m.attribute), true, false, '')::text from '<v>([^<]*)</v>')
  from (values ('schema_version', 'version', 'installed_rank', ` + latest + `),
               ('schema_version', 'installed_rank', '', ` + flyway + `),
               ('schema_migrations', 'version', '', ` + latest + `), ('alembic_version', 'version_num', '', ` + heads + `),
               ('flyway_schema_history', 'installed_rank', '', ` + flyway + `),
               ('databasechangelog', 'id', '', ` + counted + `), ('django_migrations', 'id', '', ` + counted + `),
               ('__EFMigrationsHistory', 'MigrationId', '', ` + latest + `)) as m(place, attribute, lacks, statement)
  where exists (select from pg_attribute a where a.attrelid = to_regclass(quote_ident(m.place)) and a.attname = m.attribute)
  and not exists (select from pg_attribute a where a.attrelid = to_regclass(quote_ident(m.place)) and a.attname = m.lacks)
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

// How the tables of migration tools are asked for the version: each is a format
// with the table, and the column that tells, as literals of the statement above.
const (
	// latest is the greatest version, as a number where it is one (1.10 is after
	// 1.9): some tools keep numbers as text.
	latest = `$sql$select v from (select %2$I::text as v from %1$I) t where v is not null
    order by case when v ~ '^[0-9]+([._][0-9]+)*$' then string_to_array(translate(v, '_', '.'), '.')::numeric[] end desc nulls last, v desc limit 1$sql$`
	// flyway is the version that was applied last: its versions are text of any
	// kind. Repeatable migrations have none, failed ones did nothing, and one that
	// was undone or deleted since has a later row that says so.
	flyway = `$sql$select h.version as v from %1$I h where h.success and h.version is not null and h.type !~ '^(UNDO|DELETE)'
    and not exists (select from %1$I u where u.success and u.version = h.version and u.type ~ '^(UNDO|DELETE)' and u.installed_rank > h.installed_rank)
    order by h.installed_rank desc limit 1$sql$`
	// heads are the revisions of a tool whose versions have no order.
	heads = `$sql$select string_agg(%2$I::text, ',' order by %2$I::text) as v from %1$I$sql$`
	// counted is how many migrations were applied.
	counted = `$sql$select count(%2$I) as v from %1$I$sql$`
)

// defaults begins the keys of what columns are filled with, which may be secret.
const defaults = "schema.default."

// ReadSchema reads the answer to Schema. What columns are filled with is sealed.
func ReadSchema(answer string, seal Sealer) (Facts, error) {
	f := Facts{}
	if err := json.Unmarshal([]byte(answer), &f); err != nil {
		return nil, fmt.Errorf("snapshot: the database's answer: %w", err)
	}
	for key, value := range f {
		if strings.HasPrefix(key, defaults) {
			f[key] = seal.Seal([]byte(value))
		}
	}
	return f, nil
}
