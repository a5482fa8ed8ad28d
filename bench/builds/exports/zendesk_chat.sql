create or replace macro zd_said(ts, said, id, nick, sender) as concat('{"type":"chat.msg","timestamp":"', strftime(ts, '%Y-%m-%dT%H:%M:%SZ'), '","msg":"', said,
    '","msg_id":"', id, '","channel":"#support","options":"","nick":"', nick, '","name":"V","sender_type":"', sender, '"}');
