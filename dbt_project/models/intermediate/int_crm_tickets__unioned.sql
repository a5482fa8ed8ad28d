{{ union_platforms('crm', 'tickets') }}
