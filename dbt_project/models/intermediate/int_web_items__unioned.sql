{{ union_platforms('web', 'items') }}
