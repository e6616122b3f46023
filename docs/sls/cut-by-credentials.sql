* and limited_by | SELECT
  json_extract_scalar(message, '$.function') AS function,
  coalesce(json_extract_scalar(message, '$.operation'), json_extract_scalar(message, '$.permission')) AS operation,
  count(*) AS cut
FROM log
WHERE json_extract_scalar(message, '$.limited_by') = 'credentials'
GROUP BY 1, 2
ORDER BY cut DESC
