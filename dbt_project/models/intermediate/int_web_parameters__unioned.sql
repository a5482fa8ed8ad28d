{{ union_platforms('web', 'parameters') }}
