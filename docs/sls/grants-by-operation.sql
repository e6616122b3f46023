* and decision | SELECT
  json_extract_scalar(message, '$.function') AS function,
  coalesce(json_extract_scalar(message, '$.operation'), json_extract_scalar(message, '$.permission')) AS operation,
  count(*) AS grants,
  sum(cast(coalesce(json_extract_scalar(message, '$.urls'), '1') AS bigint)) AS urls
FROM log
WHERE json_extract_scalar(message, '$.decision') = 'granted'
GROUP BY 1, 2
ORDER BY grants DESC
