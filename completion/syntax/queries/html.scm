; definitions
((element (start_tag (attribute
  (attribute_name) @_id (quoted_attribute_value (attribute_value) @name))) @element)
  (#eq? @_id "id"))
((start_tag (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name))) @element
  (#eq? @_id "id"))

; imports
((script_element
  (start_tag (attribute (attribute_name) @_source (quoted_attribute_value (attribute_value) @module))))
  (#eq? @_source "src"))
((element
  (start_tag
    (tag_name) @_link
    (attribute (attribute_name) @_source (quoted_attribute_value (attribute_value) @module))))
  (#eq? @_link "link") (#eq? @_source "href"))

; strays
(erroneous_end_tag) @stray
