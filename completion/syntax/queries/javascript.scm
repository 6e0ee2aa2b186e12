; inherits script

; definitions
(field_definition property: (property_identifier) @name) @field

; names
(formal_parameters (identifier) @local)
