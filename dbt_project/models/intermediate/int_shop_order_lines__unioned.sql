{{ union_platforms('shop', 'order_lines') }}
