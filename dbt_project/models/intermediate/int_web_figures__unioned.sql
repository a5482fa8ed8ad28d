{{ union_platforms('web', 'figures') }}
