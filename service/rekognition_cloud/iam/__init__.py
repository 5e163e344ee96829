"""IAM in the embedded cloud: once turned on, it checks every request of an IAM user or role against their policies.

An operation needs actions on resources (`operations`). Each need is decided by IAM's documented logic ("Policy
evaluation logic", IAM user guide): an explicit Deny in any policy wins, then an Allow in an identity policy or in the
resource's own policy, else it is denied. Deliveries between services (topic to queue, bucket to queue, rule to queue,
Rekognition's role to its topic) are checked against the resource policies, as in AWS.

Evaluated: inline and managed policies of roles, users and their groups; policies of buckets, tables, queues and topics,
and the trust of roles; the policies of KMS keys, for objects and tables that are under one; Action and NotAction,
Resource and NotResource, Principal, wildcards, and the operators and keys of `condition`.

Not evaluated: signatures, the expiry of temporary credentials, organisations, the keys of queues, topics, logs and
buses, second factors (nobody has one), other accounts. DeleteObjects is refused as a whole where S3 refuses key by key.
What a policy may say and this package does not understand (NotPrincipal, policy variables, permissions boundaries,
session policies, further operators and keys, operations that are not in the table) is denied with a reason that says
so, never passed over.
"""
