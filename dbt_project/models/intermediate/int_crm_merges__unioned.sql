{{ union_platforms('crm', 'merges') }}
