{{ union_platforms('crm', 'identifiers') }}
