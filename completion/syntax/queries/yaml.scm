; definitions
((document (block_node (block_mapping (block_mapping_pair key: (flow_node) @name) @key)))
  (#set! signature "line"))
(anchor_name) @anchor @name

; names
(alias_name) @used
(anchor_name) @local
