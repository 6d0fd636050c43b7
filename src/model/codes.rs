//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "The key for the model server holds characters that no key has.",
        why: "A line end or control character was perhaps copied along with it. Nothing was sent.",
        fix: "Set the variable again, without the line end.",
        example: Some("export OPENAI_API_KEY=\"$(tr -d '\\n' < key.txt)\""),
        ..Brief::error("bad-api-key")
    },
    Brief {
        summary: "The model's base URL can't be used.",
        why: "It is no http or https address, or holds a password.",
        fix: "Give scheme, host and path; the key comes from an environment variable.",
        example: Some("[model]\nbase_url = \"http://127.0.0.1:8080/v1\""),
        ..Brief::error("bad-base-url")
    },
    Brief {
        summary: "The HTTP client can't be set up.",
        why: "An https address needs the system's CA certificates, and they can't be read.",
        fix: "Install the package ca-certificates.",
        example: Some("apt-get install ca-certificates"),
        ..Brief::error("http-client")
    },
    Brief {
        summary: "The model server needs a key, and there is none.",
        why: "The environment variable that the configuration names is not set. Nothing was sent.",
        fix: "Set the variable and start again.",
        example: Some("export OPENAI_API_KEY=…"),
        ..Brief::error("missing-api-key")
    },
    Brief {
        summary: "The model's answer stopped before its end.",
        why: "The connection broke, or the server ended the answer. What arrived is kept; a half proposal is never taken.",
        fix: "Ask again.",
        ..Brief::error("model-answer-broken")
    },
    Brief {
        summary: "What the server answers is not in the chat-completions format.",
        why: "The address is not that of an OpenAI-compatible API.",
        fix: "Correct the base URL; for most servers it ends in /v1.",
        example: Some("[model]\nbase_url = \"http://127.0.0.1:8080/v1\""),
        ..Brief::error("model-answer-malformed")
    },
    Brief {
        summary: "The model's answer is larger than any pipeline.",
        why: "A server that never ends would fill the memory. What had arrived is kept.",
        fix: "Limit the tokens of an answer, or check the server.",
        example: Some("[model]\nmax_tokens = 4096"),
        ..Brief::error("model-answer-too-large")
    },
    Brief {
        summary: "The server refused the request.",
        why: "A parameter does not suit the model; the message repeats the server's words.",
        fix: "Check the model's name, the temperature and the token limit in the configuration.",
        example: Some("[model]\nname = \"qwen2.5-coder\"\ntemperature = 0.2"),
        ..Brief::error("model-bad-request")
    },
    Brief {
        summary: "The request is too long for the model.",
        why: "Conversation, contracts and samples together exceed its context.",
        fix: "Begin a new session, name fewer connections, or use a model with a larger context.",
        ..Brief::error("model-context-too-long")
    },
    Brief {
        summary: "The server does not know the model.",
        why: "The name in the configuration is none of its models.",
        fix: "Correct the name; the server lists its models at /models.",
        example: Some("curl -s http://127.0.0.1:8080/v1/models"),
        ..Brief::error("model-not-found")
    },
    Brief {
        summary: "The server has no chat completions at this address.",
        why: "The path of the base URL is wrong.",
        fix: "Correct the base URL; for most servers it ends in /v1.",
        example: Some("[model]\nbase_url = \"http://127.0.0.1:8080/v1\""),
        ..Brief::error("model-path-not-found")
    },
    Brief {
        summary: "The account has no quota left.",
        why: "The provider answers no more until the account is paid or the period ends.",
        fix: "Check plan and billing of the account, or use another model.",
        ..Brief::error("model-quota")
    },
    Brief {
        summary: "The server limits how often it may be asked.",
        why: "It was asked again a few times, each after the pause it wants, in vain.",
        fix: "Wait a little and ask again.",
        ..Brief::error("model-rate-limited")
    },
    Brief {
        summary: "The server answers with a redirect, which is not followed.",
        why: "The key would be sent to another address.",
        fix: "If that address is right, make it the base URL.",
        example: Some("[model]\nbase_url = \"https://models.example.com/v1\""),
        ..Brief::error("model-redirected")
    },
    Brief {
        summary: "The model server failed.",
        why: "It answers with an error of its own; a few tries were in vain.",
        fix: "Ask again; if it stays so, look at the server's log.",
        ..Brief::error("model-server-error")
    },
    Brief {
        summary: "The model server did not begin to answer in time.",
        why: "It may still be loading the model, or the context is large for it.",
        fix: "Ask again, shorten the conversation, or raise the first-byte timeout.",
        ..Brief::error("model-timeout")
    },
    Brief {
        summary: "The server refused the key.",
        why: "The key is wrong, expired, or not allowed to use this model.",
        fix: "Set the variable to a valid key and start again.",
        example: Some("export OPENAI_API_KEY=…"),
        ..Brief::error("model-unauthorized")
    },
    Brief {
        summary: "No model server answers at the base URL.",
        why: "It is not started, the address is wrong, or a firewall is between.",
        fix: "Start the server, or correct the base URL.",
        example: Some("llama-server -m model.gguf --port 8080   # base URL http://127.0.0.1:8080/v1"),
        ..Brief::error("model-unreachable")
    },
    Brief {
        summary: "A line of a recording can't be read, or was edited.",
        why: "Each answer belongs to the hash of its request; where they do not fit, a wrong answer would be played.",
        fix: "Record it again.",
        example: Some("pipesmith chat -p '…' --record answers.jsonl"),
        ..Brief::error("recording-corrupt")
    },
    Brief {
        summary: "The last call of a recording was cut off and is left out.",
        why: "The program that recorded was ended while it wrote.",
        fix: "Record that call again if you need it.",
        example: Some("pipesmith chat -p '…' --record answers.jsonl"),
        ..Brief::warning("recording-cut")
    },
    Brief {
        summary: "A recording holds no calls.",
        why: "There is no answer to play.",
        fix: "Record it again.",
        example: Some("pipesmith chat -p '…' --record answers.jsonl"),
        ..Brief::error("recording-empty")
    },
    Brief {
        summary: "The file is not a recording.",
        why: "Its first line is not the header of one. A file that is none is not written to.",
        fix: "Name a recording, or another file to record into.",
        example: Some("pipesmith chat -p '…' --record answers.jsonl"),
        ..Brief::error("recording-format")
    },
    Brief {
        summary: "The recording has no answer to this request.",
        why: "Something that the model is shown differs from when it was recorded; the message says where.",
        fix: "Ask exactly what was recorded, record again, or use a live model.",
        example: Some("pipesmith chat -p '…' --record answers.jsonl"),
        ..Brief::error("recording-miss")
    },
    Brief {
        summary: "A recording is too large to be read.",
        why: "It is held in memory whole.",
        fix: "Record fewer calls into one file.",
        ..Brief::error("recording-too-large")
    },
    Brief {
        summary: "A recording was made by a newer version of Pipesmith.",
        why: "This version does not know all that it may hold.",
        fix: "Use the newer version, or record it again.",
        ..Brief::error("recording-version")
    },
    Brief {
        summary: "A recording can't be written.",
        why: "Its folder can't be written, or the disk is full.",
        fix: "Check the folder, its permissions and the space on the disk.",
        example: Some("df -h ."),
        ..Brief::error("recording-write")
    },
];
