* and Throttling | SELECT
  substr(json_extract_scalar(message, '$.time'), 1, 16) AS minute,
  json_extract_scalar(message, '$.rule') AS rule,
  count(*) AS refusals,
  count(DISTINCT json_extract_scalar(message, '$.caller.sub')) AS callers
FROM log
WHERE json_extract_scalar(message, '$.code') = 'Throttling'
GROUP BY 1, 2
ORDER BY 1
