"""JSON as the `json` module reads and writes it, without importing that module.

`json` brings `re` and `enum` with it, which doubles the start of an interpreter. The accelerators it is
made of (`_json`) are used directly; whatever they refuse is given to `json` for its exact message.
"""
try:
    from _json import encode_basestring, encode_basestring_ascii
    from _json import make_encoder as _make_encoder, make_scanner as _make_scanner
except ImportError:
    _make_scanner = None

_WHITESPACE = " \t\n\r"


class _Decoding:
    """What `json.JSONDecoder()` would tell its scanner."""
    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {
        "-Infinity": float("-inf"), "Infinity": float("inf"), "NaN": float("nan")}.__getitem__


_scan = _make_scanner(_Decoding) if _make_scanner else None


def decode(body):
    try:
        text = body.decode("utf-8")
        start = len(text) - len(text.lstrip(_WHITESPACE))
        value, end = _scan(text, start)
        if end == len(text) or not text[end:].strip(_WHITESPACE):
            return value
    except Exception:
        pass
    import json
    try:
        return json.loads(body)
    except Exception as error:
        from .errors import Fault
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def _refuse(value):
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _accelerated(writes_unicode):
    if _make_scanner is None:
        return None
    to_string = encode_basestring if writes_unicode else encode_basestring_ascii

    def to_text(value):
        # Made anew each time: it remembers the containers that an error left open.
        return "".join(_make_encoder(
            {}, _refuse, to_string, None, ": ", ", ", False, False, True)(value, 0))

    try:
        # The accelerator is nobody's public interface, so a later Python may have another.
        return to_text if to_text({"a": [1, None, "b"]}) == '{"a": [1, null, "b"]}' else None
    except Exception:
        return None


def make_encoder(writes_unicode):
    """A function from a handler's answer to the bytes of its JSON."""
    to_text = _accelerated(writes_unicode)
    if to_text is None:
        import json
        to_text = json.JSONEncoder(ensure_ascii=not writes_unicode).encode

    def encode(value):
        try:
            return to_text(value).encode("utf-8")
        except Exception as error:
            from .errors import Fault
            raise Fault(
                "Runtime.MarshalError", f"Unable to marshal response: {error}") from None

    return encode
