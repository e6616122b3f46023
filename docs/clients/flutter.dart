// Flutter or Dart with package:http; a MultipartRequest sends its fields first, then the file.
import 'dart:convert';

import 'package:http/http.dart' as http;

/// What a function (JSON) or OSS (XML) refused.
class Refused implements Exception {
  Refused(http.Response answer) : status = answer.statusCode, body = utf8.decode(answer.bodyBytes);

  final int status;
  final String body;

  String? _said(String name) => RegExp('(?:<$name>|"$name": ?")([^<"]*)').firstMatch(body)?.group(1);

  @override
  String toString() => '$status ${_said('Code')}: ${_said('Message')}';
}

/// Stores a file of the device and returns its key.
Future<String> upload(String grantsUrl, String token, String path, String name, String contentType) async {
  final asked = await http.post(
    Uri.parse('$grantsUrl/presign'),
    headers: {'Authorization': 'Bearer $token', 'Content-Type': 'application/json'},
    body: jsonEncode({'operation': 'PostObject', 'filename': name, 'content_type': contentType}),
  );
  if (asked.statusCode != 200) throw Refused(asked);
  final form = jsonDecode(utf8.decode(asked.bodyBytes)) as Map<String, dynamic>;
  final request = http.MultipartRequest(form['method'] as String, Uri.parse(form['url'] as String));
  request.fields.addAll((form['fields'] as Map<String, dynamic>).cast<String, String>());
  request.files.add(await http.MultipartFile.fromPath('file', path));
  final stored = await http.Response.fromStream(await request.send());
  // Where on_upload is deployed, its verdict comes as JSON: 200 although the object may be refused.
  final verdict = stored.body.startsWith('{') ? jsonDecode(stored.body)['Code'] : 'Success';
  if (stored.statusCode >= 300 || verdict != 'Success') throw Refused(stored);
  return form['key'] as String;
}
