package pilotlight.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Pulls values out of UTF-8 JSON. Strict, and bounded: nesting and number length have limits, and skipping does not recurse. */
public final class JsonReader {
    public enum Token { OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE, NULL }

    /** Jackson's limits, so that what AWS refuses is refused here. */
    static final int MAX_DEPTH = 1000;
    private static final int MAX_NUMBER_LENGTH = 1000;

    private final byte[] _bytes;
    private int _at;
    private int _depth;

    public JsonReader(byte[] bytes) {
        _bytes = bytes;
        boolean hasByteOrderMark = bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
        _at = hasByteOrderMark ? 3 : 0;
    }

    public boolean isAtEnd() {
        skipSpace();
        return _at == _bytes.length;
    }

    public Token peek() {
        skipSpace();
        if (_at == _bytes.length) throw error("unexpected end of input");
        switch (_bytes[_at]) {
            case '{': return Token.OBJECT;
            case '[': return Token.ARRAY;
            case '"': return Token.STRING;
            case 't': return Token.TRUE;
            case 'f': return Token.FALSE;
            case 'n': return Token.NULL;
            case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
                return Token.NUMBER;
            default: throw error("unexpected character");
        }
    }

    /** Enters an object: its first name, or null when it is empty (and left again). */
    public String firstName() {
        enter('{');
        skipSpace();
        return leave('}') ? null : name();
    }

    /** After a value: the next name, or null at the end of the object. */
    public String nextName() {
        skipSpace();
        if (leave('}')) return null;
        expect(',');
        skipSpace();
        return name();
    }

    /** Enters an array: whether it has a first element. */
    public boolean firstElement() {
        enter('[');
        skipSpace();
        return !leave(']');
    }

    public boolean nextElement() {
        skipSpace();
        if (leave(']')) return false;
        expect(',');
        return true;
    }

    public void literal() {
        skipSpace();
        switch (_bytes[_at]) {
            case 't': word("true"); break;
            case 'f': word("false"); break;
            default: word("null"); break;
        }
    }

    public String string() {
        skipSpace();
        expect('"');
        int start = _at;
        boolean isAscii = true;
        while (_at < _bytes.length) {
            byte b = _bytes[_at];
            if (b == '"') {
                String text = isAscii ? new String(_bytes, start, _at - start, StandardCharsets.ISO_8859_1) : utf8(start, _at);
                _at++;
                return text;
            }
            if (b == '\\') return escaped(start);
            if (b >= 0 && b < 0x20) throw error("control character in a string");
            if (b < 0) isAscii = false;
            _at++;
        }
        throw error("unterminated string");
    }

    /** The literal text of a number, checked against the grammar of JSON. */
    public String numberText() {
        skipSpace();
        int start = _at;
        if (at() == '-') _at++;
        if (at() == '0') _at++;
        else digits();
        if (at() == '.') {
            _at++;
            digits();
        }
        if (at() == 'e' || at() == 'E') {
            _at++;
            if (at() == '+' || at() == '-') _at++;
            digits();
        }
        if (_at - start > MAX_NUMBER_LENGTH) throw error("number longer than " + MAX_NUMBER_LENGTH + " characters");
        return new String(_bytes, start, _at - start, StandardCharsets.ISO_8859_1);
    }

    /** A number as code that asked for no type expects it: Integer, Long or BigInteger; Double for fractions. */
    public Number number() {
        String text = numberText();
        boolean isInteger = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.' || c == 'e' || c == 'E') isInteger = false;
        }
        if (!isInteger) {
            double value = Double.parseDouble(text);
            return Double.isInfinite(value) ? (Number) new BigDecimal(text) : (Number) value;
        }
        if (text.length() <= 18) {
            long value = Long.parseLong(text);
            if (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE) return (int) value;
            return value;
        }
        BigInteger value = new BigInteger(text);
        if (value.bitLength() < 64) return value.longValue();
        return value;
    }

    /** Steps over one value, without recursion. */
    public void skip() {
        int floor = _depth;
        boolean isObject[] = new boolean[16];
        do {
            boolean opened = false;
            switch (peek()) {
                case OBJECT:
                    opened = firstName() != null;
                    if (opened) isObject = mark(isObject, true);
                    break;
                case ARRAY:
                    opened = firstElement();
                    if (opened) isObject = mark(isObject, false);
                    break;
                case STRING: string(); break;
                case NUMBER: numberText(); break;
                default: literal(); break;
            }
            while (!opened && _depth > floor) {
                boolean more = isObject[_depth - 1] ? nextName() != null : nextElement();
                if (more) break;
            }
        } while (_depth > floor);
    }

    private boolean[] mark(boolean[] marks, boolean value) {
        boolean[] wide = _depth <= marks.length ? marks : java.util.Arrays.copyOf(marks, Math.max(_depth, marks.length * 2));
        wide[_depth - 1] = value;
        return wide;
    }

    JsonException error(String what) {
        return new JsonException(what + " at byte " + _at);
    }

    private String name() {
        if (at() != '"') throw error("expected a property name");
        String name = string();
        skipSpace();
        expect(':');
        return name;
    }

    private void enter(char bracket) {
        skipSpace();
        expect(bracket);
        if (++_depth > MAX_DEPTH) throw error("nested deeper than " + MAX_DEPTH + " levels");
    }

    private boolean leave(char bracket) {
        if (at() != bracket) return false;
        _at++;
        _depth--;
        return true;
    }

    private int at() {
        return _at < _bytes.length ? _bytes[_at] : -1;
    }

    private void expect(char c) {
        if (at() != c) throw error(_at == _bytes.length ? "unexpected end of input" : "expected '" + c + "'");
        _at++;
    }

    private void digits() {
        int start = _at;
        while (at() >= '0' && at() <= '9') _at++;
        if (_at == start) throw error("malformed number");
    }

    private void word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (at() != word.charAt(i)) throw error("expected '" + word + "'");
            _at++;
        }
    }

    private void skipSpace() {
        while (_at < _bytes.length) {
            byte b = _bytes[_at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') return;
            _at++;
        }
    }

    private String escaped(int start) {
        StringBuilder text = new StringBuilder(Math.max(32, (_at - start) * 2));
        int from = start;
        while (_at < _bytes.length) {
            byte b = _bytes[_at];
            if (b == '"') {
                text.append(utf8(from, _at));
                _at++;
                return text.toString();
            }
            if (b >= 0 && b < 0x20) throw error("control character in a string");
            if (b == '\\') {
                text.append(utf8(from, _at));
                _at++;
                text.append(escape());
                from = _at;
            } else {
                _at++;
            }
        }
        throw error("unterminated string");
    }

    private char escape() {
        int c = at();
        _at++;
        switch (c) {
            case '"': case '\\': case '/': return (char) c;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u': break;
            default: throw error("unknown escape");
        }
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at() < 0 ? -1 : Character.digit(at(), 16);
            if (digit < 0) throw error("malformed \\u escape");
            value = value << 4 | digit;
            _at++;
        }
        return (char) value;
    }

    private String utf8(int from, int to) {
        if (from == to) return "";
        try {
            // A fresh decoder reports malformed bytes; new String(...) would hide them.
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(_bytes, from, to - from)).toString();
        } catch (CharacterCodingException malformed) {
            throw new JsonException("a string is not UTF-8, before byte " + to);
        }
    }
}
