-- A third of the people.
select printf('003Kb%010dAAA', person) as "Id", '0' as "IsDeleted", '' as "MasterRecordId", last_name as "LastName", first_name as "FirstName", email as "Email", phone as "Phone",
    city as "MailingCity", 'Germany' as "MailingCountry", strftime(known_at, '%Y-%m-%dT%H:%M:%S.000+0000') as "CreatedDate",
    strftime(timestamp '2026-05-24' + to_days(getvariable('last_day')), '%Y-%m-%dT%H:%M:%S.000+0000') as "LastModifiedDate",
    strftime(timestamp '2026-05-24' + to_days(getvariable('last_day')), '%Y-%m-%dT%H:%M:%S.000+0000') as "SystemModstamp"
from people
where person % 3 = 0 and (getvariable('first_day') = 0 or person in (select person from talks where day between getvariable('first_day') and getvariable('last_day')))
order by person
