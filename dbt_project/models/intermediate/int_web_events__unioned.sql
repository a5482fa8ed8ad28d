{{ union_platforms('web', 'events') }}
