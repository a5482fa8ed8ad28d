select unnest(from_json(line, getvariable('ga4_schema'))) from ga4_lines order by ts, visit, step
