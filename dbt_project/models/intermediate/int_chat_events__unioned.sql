{{ union_platforms('chat', 'events') }}
