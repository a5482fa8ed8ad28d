{{ union_platforms('chat', 'messages') }}
