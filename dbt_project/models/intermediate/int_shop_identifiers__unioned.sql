{{ union_platforms('shop', 'identifiers') }}
