{{ union_platforms('shop', 'orders') }}
