* | SELECT
  coalesce(json_extract_scalar(message, '$.error'), json_extract_scalar(message, '$.code')) AS failure,
  coalesce(json_extract_scalar(message, '$.variable'), json_extract_scalar(message, '$.sts_code'), json_extract_scalar(message, '$.reason'), '') AS detail,
  count(*) AS failures
FROM log
WHERE json_extract_scalar(message, '$.error') IS NOT NULL
   OR json_extract_scalar(message, '$.code') IN ('BadGateway', 'InternalError', 'ServiceUnavailable')
GROUP BY 1, 2
ORDER BY failures DESC
