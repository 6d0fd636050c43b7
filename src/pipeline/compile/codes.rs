//! The codes of this room, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

const AGAIN: Option<&str> = Some("pipesmith compile pipelines/revenue.yaml --compile force");

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "A file of a build was changed after it was compiled.",
        why: "Its hash is not the one that the build lists, so what would run is not what was checked.",
        fix: "Change the document instead, and compile it again.",
        example: AGAIN,
        ..Brief::error("build-file-changed")
    },
    Brief {
        summary: "A file in a build's folder does not belong to the build.",
        why: "The build lists its files; this is none of them.",
        fix: "Move it away, or compile again.",
        example: AGAIN,
        ..Brief::error("build-file-extra")
    },
    Brief {
        summary: "A file of a build is missing or can't be read.",
        why: "A build is run whole or not at all.",
        fix: "Compile again.",
        example: AGAIN,
        ..Brief::error("build-file-missing")
    },
    Brief {
        summary: "A build's folder has the name of another build.",
        why: "The folder is named after the hash of the manifest, and this one's is another.",
        fix: "Give it its name back, or compile again.",
        example: AGAIN,
        ..Brief::error("build-folder-renamed")
    },
    Brief {
        summary: "The build can't be written.",
        why: "A run uses what lies in the build folder, so it must be complete.",
        fix: "Check the folder's permissions and free space.",
        example: Some("df -h ."),
        ..Brief::error("build-not-written")
    },
    Brief {
        summary: "A document that passed the check can't be compiled: a fault of Pipesmith's own.",
        why: "Whatever is wrong with a document should have been told by the check.",
        fix: "Please report it with the document.",
        ..Brief::error("compile-failed")
    },
    Brief {
        summary: "`manifest.yaml` is no manifest.",
        why: "It is not YAML or lacks what a manifest has.",
        fix: "Compile again.",
        example: AGAIN,
        ..Brief::error("invalid-manifest")
    },
    Brief {
        summary: "A manifest was changed after it was compiled.",
        why: "It does not have the fingerprint that it states, so what would run is not what was checked.",
        fix: "Change the document instead, and compile it again.",
        example: AGAIN,
        ..Brief::error("manifest-changed")
    },
    Brief {
        summary: "The folder for a build holds something that no compile made.",
        why: "`--out` replaces all of the folder.",
        fix: "Name a folder that is not there yet, an empty one, or one that an earlier compile made.",
        example: Some("pipesmith compile pipelines/revenue.yaml --out build/revenue"),
        ..Brief::error("not-a-build-folder")
    },
    Brief {
        summary: "With `--compile never`, there is no build of this input.",
        why: "The document, a parameter, the profile, a contract or a connection's name is not what it was, or its build was changed.",
        fix: "Compile it first, or leave `--compile never` out.",
        example: Some(
            "pipesmith compile pipelines/revenue.yaml && pipesmith run pipelines/revenue.yaml --compile never",
        ),
        ..Brief::error("not-compiled")
    },
    Brief {
        summary: "A build would hold the value of a secret.",
        why: "A build is kept, compared and shared; the value came into it, perhaps by a parameter.",
        fix: "Name a connection that takes the secret from a variable, and leave it out of the document and its parameters.",
        example: Some("connections: {mysql: {shop: {host: db, password: '${SHOP_PASSWORD}'}}}"),
        ..Brief::error("secret-in-build")
    },
    Brief {
        summary: "A manifest can't be read.",
        why: "It is not there, too long, or you may not read it.",
        fix: "Compile again.",
        example: AGAIN,
        ..Brief::error("unreadable-manifest")
    },
    Brief {
        summary: "A manifest has a format that this version does not read.",
        why: "Another version of Pipesmith, or another program, made it.",
        fix: "Compile again.",
        example: AGAIN,
        ..Brief::error("unsupported-manifest")
    },
];
