"""Pickles made before 0.2 (protocol 2, in base 85) still load: what they name is still where they look for it."""

import pickle
from base64 import b85decode

import pytest

import nn

OLD = {
    "model": (
        "fC6J~ZZ2$Ld1Z2Q3R7iqb!BdJX<=*%aR4cSaRGgC0$2tB003-Zd1Z2QaRXg(1Sn%}ZZ2$Ld1Z2Q3QS>nWpWB}1u21X27Pe{C|C*r"
        "003cQbZK^BbZKvHaR^uh0001VVQy$~30MaJ003@fb#iZRb8!k?aSJG8Zf-7YVR>b8a|%vnb#iZR3ULf6fpHCeaSkY02LJ#7cV%g3"
        "XmoRN4`X3<bZ=*JVPr02Z*X~OZf6Q@VPs_raS&r+b#!lMa$#gHc42IFWeQedY;|P{aS<p-Ki~iW00000M*si-0000009YIV003-Z"
        "d1Z2QE-)@`Wp#3IZgVa$E_Y>VXJ~YDE--NtPEJmAaTA7d6jE^&Xb@--C`Uiw00000002h-00000000138~^|SY+-q2a&s;)E^cLY"
        "a&K;PE-)^4Woc(<baO5-aTZQaPIPe>hH)5DaT$hj8dwAX003fXVRLaCXb@--C`SMQ00000002h-00000000137XSbNY+-q2a&s;)"
        "E^cLYa&K;PE-)@)X<>7598OM7ba5SqaUN1}A7}_@33Xy<3@L$eAboKmC}<C85NHu7M?c^I0000007n1-00000003AV0001NVR>b8"
        "b1pD0Ze?|HZ*FrgF)nvyX=iA3b1pD(B2G?Dba5kwaU@c4C1?<65hzDL-~a#s0000-0000000000SR4QV0Bm7-WpZ;aFfMLob#iZR"
        "b1pG1cV%g3XmoQfF>xkNPEK@jCx&q-QgJDUaVlsVXb@--C`SMQ00000002h-00000000137XSbNY+-q2a&s;)E^cLYa&K;PE-@}*"
        "X<>75D^5;Mba5<(aV=7DE@%j733Xy+bz);~ZZ2$Ld1Z2Q3Pf^maBp>V3UMzffpIW>aWN=Z0RR91aB(t6KhOXG00000SOx$90CHh&"
        "WN&S8Gfs74V{UFPY+-q2a&rnzOi&7OG%0~`HGOe5XaikwH)sVZfpIu}aXBbx2v`OH003-hZe?L|aXM%UU2!{T3@L$eJbiIJC}<C8"
        "5NHu7M?cU20000007n1-00000003Ae0001NVR>b8b1pJ2Y+-q2a&s;)E^cLYa&K;PE-)^4Woc(<baO5+aXwB?PIPfUhH*eraY1Mh"
        "Xb~t!KhOXG00000M*si-0000009Yje003-Zd1Z2QE;24`VR>b8b1pD0Ze?|HZ*FrgFfMmxX=iA3b1pG)LQYOjba6w5aYRyaMTT)k"
        "Xd7q{Xb~t!0000000000M*si-0000009YUZ003-Zd1Z2QE;24`VR>b8b1pD0Ze?|HZ*FrgFfL+gVRLauPEJmAaY%-7Nm6l2Xb5OJ"
        "bz)(4VqtS)XbdTVaZ7!1Oekm%Xb@--C`Ui=00000002h-00000000135&!@IY+-q2a&s;-E_Y>VXJ~YDE--OTPEJmAaZZMDPf~GE"
        "g>g}68)y({5hzCh000000000-0000000000SPcLG0Bm7-WpZ;aGcICjVRLa(PEJmAaZ`qIR8nzOXb4yY0001TWo&hER&`=!b7C$"
    ),
    "rmsprop": (
        "fC6J~ZZ2<dbZKo0QcY7(a&K@7aR4cSaRGgC0w`Dr0001FWoBV@Y;<#R1ATD>C|Cjj003-qaRo;|-~a#s000131poj5VQg?{VQ~gW"
        "Kku#-df`W|SOWk60A+A<aR)~}MR|_mFpN4_3;+NCcV%g3Xmnp>Wn*D^aR^5M00000000132mk;8ZEtO5Zgh2RaS2BN0000000013"
        "2mk;8V`Xl1WpZU?aSDlbSOx$90B~V)VQq793te#xC}UxDbZ=*JVPr02Z*X~OZf6Q@VPs_raSdZ(b#!lMa$#gHc42IFWeQedY;|P{"
        "aSkX)zz6^TyyPM3M?dfY0000009XkC004JoX=iA3b1pD(4^B=_ba4=daS>8+5@-!*4k$+e000000000-0000000000SOfq70Aguj"
        "b8!<+PEK@j6ozpXQgIe#SOow80CRL<bY*cDU2zyFM?Zvm;YY3%fJXoT00000002h-000000001oaT!Md000000000-0000000000"
        "M*si-000000EclJWmpUV003}da$#*>XL4_KaC31RU2z<JaUCdV3te#@C}<LB7G-D!M?c^I000000B8nBKku#-df`W|Xa`3=MR|_m"
        "FpN5A2uA<_00000003wSM*si-000000B8z{bzya4E&"
    ),
    "lbfgs": (
        "fC6J~ZZ2$MW@mE>OhQISQwnhaDS>eTeQ^RPSO@?B0AyumVRdYDb8!QGaRew>2mk;8ZDDv{X>?_BaRo~USO@?B0BvD-UuAY-Y;gul"
        "j93l;004AvY-Ms`ZewL%XL4a=aR)~}de`!ryst=D5C8xGbZ=~Ba$#;`WnW`xVQyz-aR^5~5iSepCf1c$3;+NCXlZkFZ*qBGb7^{I"
        "aS2Ogbyx-f003}da$#+AaSB~=3n*h@b#!lMa$#gHV{dSIX>Ml<ZDC|(3ULf$VRdwGXL4a=E_PvTb!7@xVQh6}3ULi6M?e4o00000"
        "07n1-00000003AC0001YWoc(<baO5+aSl#SPIPe(hH(&5aS><?XbmVw0000000000M*si-0000009XV7003fXVRLa3PEJmAaTA7d"
        "6jE^&Wmp9O0047zVRU727F}@{C@CprSPTFF0B~V)VQpV$a&L8Tb8#45aT$Ga8YpNAU2z*IXc1@?WoQLU2WSRMjA#c(K6=;kn!K+_"
        "Xb49>5iSepCf1c`2}@*kVRd3I"
    ),
    "history": (
        "fC6J~ZZ2qPb98TVc?w8rb98TVc?xj=DS>eTeQ^RPSO@?B0AFKoY;|pJb8!QGaRgWd0001NZ*y~T1zm9lM?c^I000000AX`j3jhEB"
        "X>N37a&mQWbY*052Z?oJE&"
    ),
    "scheduler": (
        "fC6J~ZZ30UXk}z|Y-Mu_Q)6glWOZz1atd((DS>eTeQ^RPSP1|C0B>+~X>DnGWpZ%?V{UFPZ*X*JZ3<IIL<(^PDS>eXeQ^dTSO@?B"
        "0AyumVRdYDb8!cKaR?|_0ssI2Y;ti4M?c^I0000009XhB003=oZDnqBb!~A9M?c^I0000009XhB003@fb97~LZ+3ADiC7E(004Jo"
        "X=iA3Uu0!tVR>;3M*si-000000CiXf0001RVRB(@b8!t_aSkYBVRdwGXL4a=E@N+Sd1-EE3T<IzWeRZ*V_|i4Z)b90WG;4LY;|P{"
        "R$**)WeRZ+C`Uj500000002h-00000000132><{9cV%g3XmoQfFmVx1PEK@j5{7XTQgIY$4`>i5M*si-0000007n1-00000003A7"
        "0001DX<>756;4i0ba57jaTii?7-d)m0001UbYXO5aT#548Yo8q000000001maT{nGWmpUV003}da$#*>XL4_KaC31SU2z?KaULjW"
        "4P9{`C}<RD7-eV)M?c^I000000B8zFKi~iW00000XbXvG3`YO}00000004Dibz)cu0001UV`yb$b!=sEAY*QBE^}jOWn^`1WpfHp"
        "Y+-a|VRZ^|At`}zB7JcqC|Cpl003=oWMy$ASOWk60Bvb*aV1y=0001HVPkY}a&aa{Ke?HinVFfISO@?B0B~V+X=QF>WpO7*Kkxtm"
        "00000SP1|C0CZ?_Wpik6Y-DjLM?V@i;_DnkEm#f!004Aoa%FR9Z){{=ZEs{{aVb~>0001TWo&UOSO@?B0Ap`&Y-DeDZgDF|00000"
        "00000SOx$90Bvb*Uu<%5EJpwU00000003A60001GaC31jM?OV)j^Z$kI#>z-003fPWM5@)Z)0e4aV|>$SO)+A0Ap`&Y-w(1aW6*z"
        "00000000133IG5Aa%E(7V{~b6ZgX)kO8{5|0001DWpi|KF-JfM00000004DjSO@?B0AgWtWnXM^b8#|VaWh9h-~a#s0001CSOow8"
        "0A+A*V`y<SO96FaE&"
    ),
    "names": (
        "fC61{04QT_ZZ2$Zb8}^L3T<;`3UL8rZf-7baCB*H3Ug;<3ULBsZf-7PY-w<CX>Ml<V{B<~UuSY*WM6J?a&2D<aRXy+ZZ2hVa&K~T"
        "3RH4oX>Mt5XGL;yZ*mH81Y>S)E^TjQb!=q{O>bm%Y-I{@1!Hb*E^lyjX>DnGWpWBnaCB*HX?kUH3ULNwZf-7PVQg$-VPk7^3RH4o"
        "X>Mt5X9{r#V{UFPWMOn+3R84pZe(F{WNCV3atd(>V{UFPbaG*7ZfS033TA0^3ULWzZf-7fWpZg@Y-xI7bZKvH3Ugt0WeRZ$Wi9"
    ),
}


def loaded(name):
    return pickle.loads(b85decode(OLD[name]))


def test_a_model_computes_what_it_did():
    model = loaded("model")
    assert repr(model) == (
        "Sequential of [Layer(2 -> 2, tanh), Dropout(0.25), MLP of [Layer(2 -> 1, linear)], Neuron(1, relu)]"
    )
    new = nn.Sequential(
        nn.Layer(2, 2, activation="tanh", init=0.5), nn.Dropout(0.25), nn.MLP(2, [1], init=0.25), nn.Neuron(1, init=1.0)
    )
    assert model.eval()([0.1, 0.7]).data == new.eval()([0.1, 0.7]).data
    assert model.state_dict() == new.state_dict()


def test_an_optimizer_goes_on_with_its_settings_and_state():
    optimizer = loaded("rmsprop")
    assert type(optimizer) is nn.optim.RMSprop is nn.optim.RMSProp
    assert (optimizer.lr, optimizer.alpha) == (0.5, 0.99)
    assert optimizer.state[0] == (pytest.approx(0.01), 0.0, 0.0)
    optimizer.step()
    assert optimizer.state[0][0] == pytest.approx(0.0199)
    assert (type(loaded("lbfgs")), loaded("lbfgs").max_iter) == (nn.optim.LBFGS, 7)


def test_a_history_and_a_scheduler_go_on():
    history, scheduler = loaded("history"), loaded("scheduler")
    history.append({"loss": 0.25})
    assert history.to_dict() == {"loss": [0.5, 0.25]}
    assert type(history) is nn.History
    scheduler.step(3.0)
    scheduler.step(3.0)
    assert scheduler.optimizer.lr == pytest.approx(0.05)
    assert type(scheduler.optimizer) is nn.optim.SGD


def test_functions_and_classes_are_those_of_today():
    assert loaded("names") == [
        *(nn.losses.mse, nn.optim.sgd, nn.optim.clip_grad_norm_, nn.errors.TrainingError, nn.Module),
        *(nn.optim.Optimizer, nn.callbacks.Training, nn.data.Standardizer, nn.fit, nn.save),
    ]
