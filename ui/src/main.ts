// The page: the business is the same everywhere, the sign-in is the architecture's.
import { signIn } from "sign-in";
import { openPage } from "./business/page";
import "./business/page.css";

void openPage(signIn);
