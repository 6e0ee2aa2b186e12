; definitions
(from_instruction as: (image_alias) @name) @stage
(arg_pair name: (unquoted_string) @name) @variable
(env_pair name: (unquoted_string) @name) @variable

; imports
(image_spec name: (image_name) @module)

; names
(variable) @used
(image_alias) @local
