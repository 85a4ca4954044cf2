package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.events.ThingEvent;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

public class Functions {
    public enum Colour { RED, GREEN }

    public static class Base<T> {
        private List<T> inherited;

        public List<T> getInherited() {
            return inherited;
        }

        public void setInherited(List<T> inherited) {
            this.inherited = inherited;
        }
    }

    public static class Bean extends Base<Long> {
        private String name;
        private int count;
        private Double ratio;
        private boolean active;
        private Colour colour;
        private Optional<String> nick = Optional.empty();
        private Map<String, List<Bean>> nested;
        private Set<UUID> ids;
        private int[][] grid;
        private byte[] data;
        private BigDecimal exact;
        private BigInteger huge;
        private Instant at;
        private LocalDate day;
        private LocalDateTime local;
        private Duration lasting;
        private Date date;
        private Object anything;
        private String untouchable = "kept";
        private String URL;
        public long open;

        public String getName() { return name; }
        public void setName(String name) { this.name = name; }
        public int getCount() { return count; }
        public void setCount(int count) { this.count = count; }
        public Double getRatio() { return ratio; }
        public void setRatio(Double ratio) { this.ratio = ratio; }
        public boolean isActive() { return active; }
        public void setActive(boolean active) { this.active = active; }
        public Colour getColour() { return colour; }
        public void setColour(Colour colour) { this.colour = colour; }
        public Optional<String> getNick() { return nick; }
        public void setNick(Optional<String> nick) { this.nick = nick; }
        public Map<String, List<Bean>> getNested() { return nested; }
        public void setNested(Map<String, List<Bean>> nested) { this.nested = nested; }
        public Set<UUID> getIds() { return ids; }
        public void setIds(Set<UUID> ids) { this.ids = ids; }
        public int[][] getGrid() { return grid; }
        public void setGrid(int[][] grid) { this.grid = grid; }
        public byte[] getData() { return data; }
        public void setData(byte[] data) { this.data = data; }
        public BigDecimal getExact() { return exact; }
        public void setExact(BigDecimal exact) { this.exact = exact; }
        public BigInteger getHuge() { return huge; }
        public void setHuge(BigInteger huge) { this.huge = huge; }
        public Instant getAt() { return at; }
        public void setAt(Instant at) { this.at = at; }
        public LocalDate getDay() { return day; }
        public void setDay(LocalDate day) { this.day = day; }
        public LocalDateTime getLocal() { return local; }
        public void setLocal(LocalDateTime local) { this.local = local; }
        public Duration getLasting() { return lasting; }
        public void setLasting(Duration lasting) { this.lasting = lasting; }
        public Date getDate() { return date; }
        public void setDate(Date date) { this.date = date; }
        public Object getAnything() { return anything; }
        public void setAnything(Object anything) { this.anything = anything; }
        public String getUntouchable() { return untouchable; }
        public String getURL() { return URL; }
        public void setURL(String URL) { this.URL = URL; }
    }

    public static class Node {
        public Node next;
    }

    public static class Throwing extends Functions {
        public Throwing() {
            throw new IllegalStateException("no construction");
        }
    }

    public static class StaticThrowing {
        static {
            if (true) throw new IllegalStateException("no class");
        }

        public String any() {
            return "";
        }
    }

    public static class NeedsArgument {
        public NeedsArgument(String argument) {
        }

        public String any() {
            return "";
        }
    }

    abstract static class AbstractHandler<T> implements RequestHandler<List<T>, String> {
    }

    public static class OfInterface extends AbstractHandler<Colour> {
        @Override
        public String handleRequest(List<Colour> input, Context context) {
            return input.get(0).name() + " " + context.getFunctionName();
        }
    }

    public static class OfStreams implements RequestStreamHandler {
        @Override
        public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
            output.write("\"streamed \"".replace(" \"", " ").getBytes());
            byte[] all = new byte[100];
            int length = input.read(all);
            output.write(all, 1, length - 1);
        }
    }

    @SuppressWarnings("rawtypes")
    public static class Raw implements RequestHandler {
        @Override
        public Object handleRequest(Object input, Context context) {
            return input;
        }
    }

    public static class Neither {
    }

    public static class SubClassed extends Functions {
        @Override
        public String text(String text) {
            return "sub " + text;
        }
    }

    public Object any(Object event) {
        return event;
    }

    public Bean bean(Bean bean) {
        return bean;
    }

    public List<Bean> beans(List<Bean> beans) {
        return beans;
    }

    public String text(String text) {
        return text;
    }

    public int number(int number) {
        return number + 1;
    }

    public static String fixed() {
        return "static";
    }

    public void nothing(Object event) {
    }

    public Node node(Node node) {
        return node;
    }

    public Map<String, Object> cycle(Object event) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("again", map);
        return map;
    }

    public String overloaded(String text) {
        return "one";
    }

    public String overloaded(String text, Context context) {
        return "two";
    }

    public String overloaded(String text, String other) {
        return "unsupported";
    }

    public void streams(InputStream input, OutputStream output) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] piece = new byte[65536];
        for (int length = input.read(piece); length > 0; length = input.read(piece)) all.write(piece, 0, length);
        all.writeTo(output);
    }

    public ThingEvent event(ThingEvent event) {
        return event;
    }

    public Map<String, Object> context(Map<String, Object> event, Context context) {
        Map<String, Object> seen = new LinkedHashMap<>();
        seen.put("id", context.getAwsRequestId());
        seen.put("group", context.getLogGroupName());
        seen.put("stream", context.getLogStreamName());
        seen.put("name", context.getFunctionName());
        seen.put("version", context.getFunctionVersion());
        seen.put("arn", context.getInvokedFunctionArn());
        seen.put("memory", context.getMemoryLimitInMB());
        seen.put("remaining", context.getRemainingTimeInMillis());
        seen.put("tenant", context.getTenantId());
        seen.put("newer", context.getSomethingNewer());
        seen.put("trace", System.getProperty("com.amazonaws.xray.traceHeader"));
        seen.put("same", context.equals(context) && context.hashCode() == context.hashCode() && context.toString() != null);
        if (context.getIdentity() != null) seen.put("identity", context.getIdentity().getIdentityId() + "/" + context.getIdentity().getIdentityPoolId());
        if (context.getClientContext() != null) {
            seen.put("app", context.getClientContext().getClient().getAppTitle());
            seen.put("custom", context.getClientContext().getCustom());
            seen.put("env", context.getClientContext().getEnvironment());
        }
        return seen;
    }

    public String logs(Map<String, Object> event, Context context) {
        System.out.println("from System.out");
        context.getLogger().log("two\nlines");
        context.getLogger().log("warned", LogLevel.WARN);
        context.getLogger().log("traced", LogLevel.TRACE);
        context.getLogger().log("bytes".getBytes());
        LambdaRuntime.getLogger().log("through LambdaRuntime");
        System.out.print("unfinished");
        return String.valueOf(System.getenv("_LAMBDA_TELEMETRY_LOG_FD")) + System.getProperty("pilotlight.logfd");
    }

    public String fail(Object event) throws Exception {
        throw new IOException("outer", new IllegalArgumentException("inner"));
    }

    public String failSilently(Object event) {
        throw new UnsupportedOperationException();
    }

    public String overflow(Object event) {
        return overflow(event);
    }

    public String exhaust(Object event) {
        List<byte[]> all = new ArrayList<>();
        while (true) all.add(new byte[1 << 24]);
    }

    public String interrupt(Object event) {
        Thread.currentThread().interrupt();
        return "interrupted";
    }

    public String exit(Object event) {
        System.exit(7);
        return "";
    }

    public List<String> seen(Object event) {
        List<String> found = new ArrayList<>();
        for (String name : new String[] {"pilotlight.runtime.Main", "pilotlight.json.Binder"}) {
            try {
                found.add(Class.forName(name).getName());
            } catch (ClassNotFoundException hidden) {
                continue;
            }
        }
        return found;
    }

    public List<Object> edge(Object event) {
        return java.util.Arrays.asList(Double.NaN, 1e300, 1.5f, 'c', "\u0001\"\\\ud83d\ude00", "\ud83d", Collections.singletonMap("x", null), Optional.of(3), new int[] {1, 2});
    }

    /** Its variables and its folder, as itself, its files and a child of its see them. */
    public static Map<String, Object> surroundings() throws IOException {
        Map<String, Object> told = new LinkedHashMap<String, Object>();
        told.put("variables", System.getenv());
        told.put("folder", new java.io.File("").getAbsolutePath());
        told.put("found", new java.io.File("example/Functions.class").exists() && java.nio.file.Files.exists(java.nio.file.Paths.get("example/Functions.class")));
        Map<String, String> child = new LinkedHashMap<String, String>();
        java.util.Scanner lines = new java.util.Scanner(new ProcessBuilder("/bin/sh", "-c", "env; echo FOLDER=$(pwd)").start().getInputStream(), "UTF-8");
        while (lines.hasNextLine()) {
            String[] parts = lines.nextLine().split("=", 2);
            child.put(parts[0], parts[1]);
        }
        told.put("childFolder", child.remove("FOLDER"));
        told.put("child", child);
        return told;
    }
}
