"""OSS and STS on a laptop, which verify signatures, tokens, expiry and policies by their own code.

``wire``: requests as they arrive, V4 signatures, error documents. ``store``: buckets and objects. ``ram``: who
may do what. ``sts``: sessions of roles. ``oss``: the operations. ``cloud`` holds the state, ``app`` answers,
``server`` listens on a loopback port and ``inprocess`` does without one:

>>> from oss_emulator.app import Emulator
>>> from oss_emulator.cloud import Cloud
>>> from oss_emulator.inprocess import fetch
>>> cloud = Cloud(region="cn-hangzhou")
>>> cloud.create_bucket("examplebucket").name
'examplebucket'
>>> answer = fetch(Emulator(cloud), "GET", "https://examplebucket.oss-cn-hangzhou.aliyuncs.com/cat.png")
>>> answer.status_code, "<Code>AccessDenied</Code>" in answer.get_data(as_text=True)
(403, True)
>>> cloud.close()
"""
