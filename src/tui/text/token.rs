//! What a piece of highlighted text is, free of any theme.

use crate::tui::theme::Scope;

/// The kinds of piece that code and documents are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Nothing special.
    Plain,
    /// A key of a mapping, a tag, a property.
    Key,
    /// A string.
    String,
    /// A number, a constant, `true`, `null`.
    Number,
    /// A keyword, an operator word.
    Keyword,
    /// A comment.
    Comment,
    /// Punctuation and operators.
    Punctuation,
    /// A function's name.
    Function,
    /// A type's name.
    Type,
}

impl Token {
    /// The scope of the theme that styles it.
    pub fn scope(self) -> Scope {
        match self {
            Token::Plain => Scope::Code,
            Token::Key => Scope::CodeKey,
            Token::String => Scope::CodeString,
            Token::Number => Scope::CodeNumber,
            Token::Keyword => Scope::CodeKeyword,
            Token::Comment => Scope::CodeComment,
            Token::Punctuation => Scope::CodePunctuation,
            Token::Function => Scope::CodeFunction,
            Token::Type => Scope::CodeType,
        }
    }

    /// The token of a TextMate scope such as `entity.name.tag.yaml`.
    pub fn of_scope(name: &str) -> Option<Token> {
        const TABLE: [(&str, Token); 18] = [
            ("comment", Token::Comment),
            ("punctuation.definition.comment", Token::Comment),
            ("punctuation.definition.string", Token::String),
            ("string.unquoted.plain.out.yaml", Token::Plain),
            ("string", Token::String),
            ("entity.name.tag", Token::Key),
            ("entity.name.function", Token::Function),
            ("support.function", Token::Function),
            ("entity.name", Token::Type),
            ("support.type", Token::Type),
            ("storage.type", Token::Type),
            ("variable.other.key", Token::Key),
            ("meta.mapping.key", Token::Key),
            ("constant", Token::Number),
            ("keyword.operator", Token::Punctuation),
            ("keyword", Token::Keyword),
            ("storage", Token::Keyword),
            ("punctuation", Token::Punctuation),
        ];
        let fits =
            |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        TABLE.iter().filter(|(prefix, _)| fits(prefix)).max_by_key(|(prefix, _)| prefix.len()).map(|(_, t)| *t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        assert_eq!(Token::of_scope("string.quoted.double.yaml"), Some(Token::String));
        assert_eq!(Token::of_scope("entity.name.tag.yaml"), Some(Token::Key));
        assert_eq!(Token::of_scope("punctuation.definition.string.begin"), Some(Token::String));
        assert_eq!(Token::of_scope("punctuation.separator"), Some(Token::Punctuation));
        assert_eq!(Token::of_scope("stringent"), None);
    }
}
