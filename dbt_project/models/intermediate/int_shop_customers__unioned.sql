{{ union_platforms('shop', 'customers') }}
