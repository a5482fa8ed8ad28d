{{ union_platforms('crm', 'deals') }}
