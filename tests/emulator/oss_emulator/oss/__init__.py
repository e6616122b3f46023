"""Operations of OSS: objects, uploads in parts and by form, listings; each verified and authorised."""
