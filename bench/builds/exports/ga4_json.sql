select line from ga4_lines order by ts, visit, step
