//! The backend for frontend: a confidential client with sessions on the server and one cookie.
