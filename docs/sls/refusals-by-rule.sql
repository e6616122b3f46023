* and decision | SELECT
  json_extract_scalar(message, '$.code') AS code,
  json_extract_scalar(message, '$.rule') AS rule,
  count(*) AS refusals,
  count(DISTINCT json_extract_scalar(message, '$.caller.sub')) AS callers
FROM log
WHERE json_extract_scalar(message, '$.decision') = 'refused'
GROUP BY 1, 2
ORDER BY refusals DESC
