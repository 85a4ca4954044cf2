package example;

import java.util.LinkedHashMap;
import java.util.Map;

/** A function without any library. Its handler is example.Hello::handle; a Context parameter needs aws-lambda-java-core in lib/. */
public class Hello {
    public static class Event {
        private String name = "world";

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }
    }

    public Map<String, Object> handle(Event event) {
        System.out.println("greeting " + event.getName());
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("message", "Hello, " + event.getName() + "!");
        answer.put("java", System.getProperty("java.version"));
        return answer;
    }
}
