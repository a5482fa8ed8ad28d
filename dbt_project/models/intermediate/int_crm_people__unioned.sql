{{ union_platforms('crm', 'people') }}
