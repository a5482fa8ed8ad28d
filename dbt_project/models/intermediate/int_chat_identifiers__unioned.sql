{{ union_platforms('chat', 'identifiers') }}
