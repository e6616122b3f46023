* and decision | SELECT
  json_extract_scalar(message, '$.function') AS function,
  json_extract_scalar(message, '$.cold') AS cold,
  count(*) AS answers,
  approx_percentile(cast(json_extract_scalar(message, '$.ms') AS double), 0.5) AS p50,
  approx_percentile(cast(json_extract_scalar(message, '$.ms') AS double), 0.99) AS p99
FROM log
WHERE json_extract_scalar(message, '$.ms') IS NOT NULL
GROUP BY 1, 2
ORDER BY 1, 2
